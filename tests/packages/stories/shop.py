"""django-oscar: categories in a tree, product classes with attributes, products with variants, and stock."""

from __future__ import annotations

from decimal import Decimal

from django.apps import apps

from tests.packages.stories.telling import act, pulled, register, world


def tell() -> None:
    catalogue = apps.get_app_config("catalogue")
    model = catalogue.get_model
    partner = apps.get_app_config("partner").get_model
    product_class, product, category = model("ProductClass"), model("Product"), model("Category")
    register(category, "path")
    register(product_class, "slug")
    register(model("Option"), "code")
    register(model("AttributeOptionGroup"), "code")
    register(model("AttributeOption"), "group", "option")
    register(model("ProductAttribute"), "product_class", "code")
    register(product, "upc")
    register(model("ProductCategory"), "product", "category")
    register(model("ProductAttributeValue"), "attribute", "product")
    register(model("ProductRecommendation"), "primary", "recommendation")
    register(partner("Partner"), "code", exclude=["users"])
    register(partner("StockRecord"), "partner", "partner_sku")
    with world() as told:
        with act(told):
            furniture = category.add_root(name="Furniture")
            chairs = furniture.add_child(name="Chairs")
            kind = product_class.objects.create(name="Chair")
            kind.attributes.create(name="Legs", code="legs", type="integer")
            chair = product.objects.create(structure="parent", title="Chair", slug="chair", upc="c", product_class=kind)
            chair.categories.add(chairs)
            for upc in ("c1", "c2"):
                product.objects.create(structure="child", parent=chair, title=upc, slug=upc, upc=upc)
            table = product.objects.create(
                structure="standalone", title="Table", slug="table", upc="t", product_class=kind
            )
            table.attr.legs = 4
            table.save()
            seller = partner("Partner").objects.create(name="Us", code="us")
            partner("StockRecord").objects.create(
                product=table, partner=seller, partner_sku="1", price=Decimal("9.99"), num_in_stock=3
            )
        with told.on("shop"):
            there = product.objects.get(upc="t")
            there.attr.initialize()
            assert (there.attr.legs, product.objects.get(upc="c").children.count()) == (4, 2)
        with act(told):
            partner("StockRecord").objects.update(num_in_stock=1, price=Decimal("8.50"))
            table.attr.legs = 3
            table.save()
            tables = furniture.add_child(name="Tables")
            table.categories.add(tables)
        with act(told):
            category.objects.get(name="Tables").move(category.objects.get(name="Chairs"), "first-child")
        with act(told):
            product.objects.get(upc="c1").delete()
            product.objects.filter(upc="c2").update(upc="c3")
        with act(told):
            product.objects.get(upc="t").delete()
        pulled(told)
